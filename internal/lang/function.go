package lang

import (
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions are those of Terraform that give the same result whenever and
// wherever they are called.
func functions(read func(string) ([]byte, error)) map[string]function.Function {
	fs := map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc,
		"max": stdlib.MaxFunc, "min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc,

		"chomp": stdlib.ChompFunc, "endswith": endsWith(), "format": bounded(stdlib.FormatFunc), "formatlist": bounded(stdlib.FormatListFunc),
		"indent": indented(), "join": joined(), "lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc,
		"regexall": stdlib.RegexAllFunc, "replace": replaced(replace()), "split": stdlib.SplitFunc, "startswith": startsWith(),
		"strcontains": strContains(), "strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc,
		"trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimsuffix": stdlib.TrimSuffixFunc,
		"trimspace": stdlib.TrimSpaceFunc, "upper": stdlib.UpperFunc,

		"alltrue": allTrue(), "anytrue": anyTrue(), "chunklist": stdlib.ChunklistFunc, "coalesce": stdlib.CoalesceFunc,
		"coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc,
		"contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "index": index(), "keys": stdlib.KeysFunc, "length": length(),
		"lookup": stdlib.LookupFunc, "matchkeys": matchKeys(), "merge": stdlib.MergeFunc, "one": one(),
		"range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc, "setintersection": stdlib.SetIntersectionFunc,
		"setproduct": product(), "setsubtract": stdlib.SetSubtractFunc, "setunion": stdlib.SetUnionFunc,
		"slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "sum": sum(), "transpose": transpose(),
		"values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

		"csvdecode": stdlib.CSVDecodeFunc, "jsondecode": guarded(stdlib.JSONDecodeFunc), "jsonencode": stdlib.JSONEncodeFunc,
		"yamldecode": guarded(yaml.YAMLDecodeFunc), "yamlencode": yaml.YAMLEncodeFunc,
		"base64decode": base64Decode(), "base64encode": base64Encode(), "urlencode": urlEncode(),
		"textencodebase64": textEncodeBase64(), "textdecodebase64": textDecodeBase64(),

		"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc,

		"md5": digest(md5Sum, hexText), "sha1": digest(sha1Sum, hexText), "sha256": digest(sha256Sum, hexText), "sha512": digest(sha512Sum, hexText),
		"base64sha256": digest(sha256Sum, base64Text), "base64sha512": digest(sha512Sum, base64Text), "uuidv5": uuidV5(),

		"basename": baseName(), "dirname": dirName(),

		"can": tryfunc.CanFunc, "try": tryfunc.TryFunc,
		"tobool": conversion(cty.Bool), "tonumber": conversion(cty.Number), "tostring": conversion(cty.String),
		"tolist": conversion(cty.List(cty.DynamicPseudoType)), "tomap": conversion(cty.Map(cty.DynamicPseudoType)), "toset": conversion(cty.Set(cty.DynamicPseudoType)),
		"sensitive": markSensitive(), "nonsensitive": unmarkSensitive(), "issensitive": isSensitive(),
	}
	for name, f := range fileFunctions(read, fs) {
		fs[name] = f
	}
	return fs
}
