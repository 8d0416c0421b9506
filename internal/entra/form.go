package entra

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoft/kiota-abstractions-go/store"
	kiotajson "github.com/microsoft/kiota-serialization-json-go"
)

// former is the request adapter given to the SDK's builders. It has what they
// need to make a request, a base address and a JSON writer on a registry of its
// own, and refuses to send one.
type former struct {
	base    string
	writers *serialization.SerializationWriterFactoryRegistry
	readers *serialization.ParseNodeFactoryRegistry
}

var errFormerSends = errors.New("send request: requests are formed here and sent by the client")

func newFormer(base string) *former {
	f := &former{base: base, writers: serialization.NewSerializationWriterFactoryRegistry(), readers: serialization.NewParseNodeFactoryRegistry()}
	f.writers.ContentTypeAssociatedFactories["application/json"] = kiotajson.NewJsonSerializationWriterFactory()
	f.readers.ContentTypeAssociatedFactories["application/json"] = kiotajson.NewJsonParseNodeFactory()
	return f
}

// at is what every builder begins with.
func (f *former) at() map[string]string { return map[string]string{"baseurl": f.base} }

// call takes method, address, headers and body from a formed request.
func (f *former) call(info *abstractions.RequestInformation, err error) (*call, error) {
	if err != nil {
		return nil, fmt.Errorf("form request: %w", err)
	}
	u, err := info.GetUri()
	if err != nil {
		return nil, fmt.Errorf("form request: %w", err)
	}
	path, err := f.relative(u.String())
	if err != nil {
		return nil, err
	}
	for _, segment := range strings.Split(withoutQuery(path)[1:], "/") {
		// An id that is empty or a dot would address another object.
		if segment == "" || segment == "." || segment == ".." {
			return nil, fmt.Errorf("form request: %s names no object", withoutQuery(path))
		}
	}
	c := &call{method: info.Method.String(), path: path, body: info.Content, header: map[string]string{}}
	for _, name := range info.Headers.ListKeys() {
		// Both are the same for every request and set where it is sent.
		if strings.EqualFold(name, "Accept") || strings.EqualFold(name, "Content-Type") {
			continue
		}
		c.header[name] = strings.Join(info.Headers.Get(name), ", ")
	}
	c.repeat = !c.writes()
	return c, nil
}

// relative cuts the base off an address, as $batch wants it, and writes the
// query's names with the plain $ that they have in Graph: the builders' URI
// templates can only hold them encoded.
func (f *former) relative(address string) (string, error) {
	path, ok := strings.CutPrefix(address, f.base)
	if !ok || !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("form request: %s is not below %s", withoutQuery(address), f.base)
	}
	path, query, found := strings.Cut(path, "?")
	if !found {
		return path, nil
	}
	pairs := strings.Split(query, "&")
	for i, p := range pairs {
		name, value, has := strings.Cut(p, "=")
		if plain, err := url.QueryUnescape(name); err == nil && strings.HasPrefix(plain, "$") {
			name = plain
		}
		if pairs[i] = name; has {
			pairs[i] += "=" + value
		}
	}
	return path + "?" + strings.Join(pairs, "&"), nil
}

// raw forms a request without a builder, for resources whose sub-package of the
// SDK is larger than the rest of it together.
func (f *former) raw(template string, parameters map[string]string, query any) (*call, error) {
	p := f.at()
	for k, v := range parameters {
		p[k] = v
	}
	info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(abstractions.GET, "{+baseurl}"+template, p)
	if query != nil {
		info.AddQueryParameters(query)
	}
	return f.call(info, nil)
}

// model reads one object with the SDK. The SDK was not written for answers of
// other shapes than Graph's, so that a panic in it counts as an unreadable
// answer.
func model[T serialization.Parsable](f *former, body []byte, make serialization.ParsableFactory) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read answer: %v", p)
		}
	}()
	node, err := f.readers.GetRootParseNode("application/json", body)
	if err != nil {
		return out, fmt.Errorf("read answer: %w", err)
	}
	v, err := node.GetObjectValue(make)
	if err != nil {
		return out, fmt.Errorf("read answer: %w", err)
	}
	out, ok := v.(T)
	if !ok {
		return out, errors.New("read answer: it holds another kind of object")
	}
	return out, nil
}

// Send implements abstractions.RequestAdapter and refuses.
func (*former) Send(context.Context, *abstractions.RequestInformation, serialization.ParsableFactory, abstractions.ErrorMappings) (serialization.Parsable, error) {
	return nil, errFormerSends
}

// SendEnum implements abstractions.RequestAdapter and refuses.
func (*former) SendEnum(context.Context, *abstractions.RequestInformation, serialization.EnumFactory, abstractions.ErrorMappings) (any, error) {
	return nil, errFormerSends
}

// SendCollection implements abstractions.RequestAdapter and refuses.
func (*former) SendCollection(context.Context, *abstractions.RequestInformation, serialization.ParsableFactory, abstractions.ErrorMappings) ([]serialization.Parsable, error) {
	return nil, errFormerSends
}

// SendEnumCollection implements abstractions.RequestAdapter and refuses.
func (*former) SendEnumCollection(context.Context, *abstractions.RequestInformation, serialization.EnumFactory, abstractions.ErrorMappings) ([]any, error) {
	return nil, errFormerSends
}

// SendPrimitive implements abstractions.RequestAdapter and refuses.
func (*former) SendPrimitive(context.Context, *abstractions.RequestInformation, string, abstractions.ErrorMappings) (any, error) {
	return nil, errFormerSends
}

// SendPrimitiveCollection implements abstractions.RequestAdapter and refuses.
func (*former) SendPrimitiveCollection(context.Context, *abstractions.RequestInformation, string, abstractions.ErrorMappings) ([]any, error) {
	return nil, errFormerSends
}

// SendNoContent implements abstractions.RequestAdapter and refuses.
func (*former) SendNoContent(context.Context, *abstractions.RequestInformation, abstractions.ErrorMappings) error {
	return errFormerSends
}

// GetSerializationWriterFactory implements abstractions.RequestAdapter.
func (f *former) GetSerializationWriterFactory() serialization.SerializationWriterFactory {
	return f.writers
}

// EnableBackingStore implements abstractions.RequestAdapter; models bring their
// own store.
func (*former) EnableBackingStore(store.BackingStoreFactory) {}

// SetBaseUrl implements abstractions.RequestAdapter; the base never changes.
func (*former) SetBaseUrl(string) {}

// GetBaseUrl implements abstractions.RequestAdapter.
func (f *former) GetBaseUrl() string { return f.base }

// ConvertToNativeRequest implements abstractions.RequestAdapter and refuses.
func (*former) ConvertToNativeRequest(context.Context, *abstractions.RequestInformation) (any, error) {
	return nil, errFormerSends
}
