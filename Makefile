# What can be made of mailprov. Go, make and git are all it takes.

.SILENT:
.DEFAULT_GOAL := help
.PHONY: help build demo servers test bench check generate dist clean

build := .build
demo  := $(build)/demo

# Where git does not trust the folder, or there is none, a build goes without
# the commit in its version instead of failing.
vcs = $(shell git rev-parse --verify -q HEAD >/dev/null 2>&1 && echo auto || echo false)

help: ## list what can be made
	sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1: \2/p' Makefile

build: ## the program, as .build/mailprov
	mkdir -p $(build)
	go build -buildvcs=$(vcs) -o $(build)/mailprov ./cmd/mailprov

# show prints a command as a person would type it, and runs it.
show = printf '\n$$ %s\n' '$(1)' && $(1)

demo: export PATH := $(CURDIR)/$(build):$(PATH)
demo: ## an app registration on the sandbox: apply, settings sheet, empty second plan
	echo 'Building mailprov. The first time takes some minutes: Microsoft Graph'\''s types are many.'
	$(MAKE) --no-print-directory build
	rm -rf $(demo) && cp -R examples/palettetree $(demo)
	echo 'examples/palettetree is copied to $(demo); the tenant is a sandbox inside the program.'
	cd $(demo) && $(call show,mailprov apply -sandbox -auto-approve)
	cd $(demo) && $(call show,mailprov emit -sandbox -lang=ja)
	cd $(demo) && $(call show,mailprov plan -sandbox)
	printf '\nLook around: cd $(demo) && ../mailprov show -sandbox\n'

servers: ## the servers that tests start: Azurite from npm, PostgreSQL from Debian
	.ci/servers

test: servers ## all tests
	command -v git >/dev/null || echo 'git is missing: what compares with git is not tested' >&2
	go test -timeout 30m ./...

bench: ## requests, time and memory
	go test -run '^$$' -bench . -benchmem -timeout 60m ./...

check: ## formatting, modules, generated files, vet, the map of imports, staticcheck
	.ci/check

generate: ## the generated files
	go generate ./...

dist: ## release binaries for six platforms in .dist, with checksums
	.ci/dist .dist

clean: ## away with what was made
	rm -rf $(build) .dist
