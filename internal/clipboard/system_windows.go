package clipboard

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/mailprov/mailprov/internal/secret"
)

// The calls of the Windows clipboard.
// https://learn.microsoft.com/windows/win32/dataxchg/clipboard
var (
	user32           = windows.NewLazySystemDLL("user32.dll")
	openClipboard    = user32.NewProc("OpenClipboard")
	closeClipboard   = user32.NewProc("CloseClipboard")
	emptyClipboard   = user32.NewProc("EmptyClipboard")
	getClipboardData = user32.NewProc("GetClipboardData")
	setClipboardData = user32.NewProc("SetClipboardData")
	registerFormat   = user32.NewProc("RegisterClipboardFormatW")

	kernel32      = windows.NewLazySystemDLL("kernel32.dll")
	globalAlloc   = kernel32.NewProc("GlobalAlloc")
	globalFree    = kernel32.NewProc("GlobalFree")
	globalLock    = kernel32.NewProc("GlobalLock")
	globalUnlock  = kernel32.NewProc("GlobalUnlock")
	globalSize    = kernel32.NewProc("GlobalSize")
	rtlMoveMemory = kernel32.NewProc("RtlMoveMemory")
)

const (
	cfUnicodeText = 13
	gmemMoveable  = 0x0002
)

// unrecorded are formats that keep what is put beside them out of the clipboard
// history (Win+V) and off other machines of the account.
// https://learn.microsoft.com/windows/win32/dataxchg/clipboard-formats#cloud-clipboard-and-clipboard-history-formats
var unrecorded = []string{"ExcludeClipboardContentFromMonitorProcessing", "CanIncludeInClipboardHistory", "CanUploadToCloudClipboard"}

// windowsClipboard is that of the session this process runs in.
type windowsClipboard struct{}

// system finds the clipboard of the screen that is here, or says what is
// missing.
func system(getenv func(string) string) (Clipboard, string) {
	if remote(getenv) {
		return nil, "this is a session over SSH"
	}
	return windowsClipboard{}, ""
}

func (windowsClipboard) String() string { return "Windows" }

func (windowsClipboard) Blind() bool { return false }

func (windowsClipboard) Put(ctx context.Context, v secret.Value) error {
	text := utf16.Encode([]rune(string(v.Reveal())))
	defer clear(text)
	return opened(ctx, func() error {
		if ok, _, err := emptyClipboard.Call(); ok == 0 {
			return fmt.Errorf("empty clipboard: %w", err)
		}
		for _, name := range unrecorded {
			if err := set(format(name), []uint16{0, 0}); err != nil { // a DWORD of zero: no
				return err
			}
		}
		return set(cfUnicodeText, append(text, 0))
	})
}

func (windowsClipboard) Clear(ctx context.Context, v secret.Value) (bool, error) {
	cleared := false
	err := opened(ctx, func() error {
		text, err := get()
		if err != nil || text != string(v.Reveal()) {
			return err
		}
		if ok, _, err := emptyClipboard.Call(); ok == 0 {
			return fmt.Errorf("empty clipboard: %w", err)
		}
		cleared = true
		return nil
	})
	return cleared, err
}

// opened does something with the clipboard open. It belongs to the thread that
// opened it, and to one process at a time: others have it for moments.
func opened(ctx context.Context, do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for wait := time.Millisecond; ; wait *= 2 {
		ok, _, err := openClipboard.Call(0)
		if ok != 0 {
			break
		}
		if wait > time.Second {
			return fmt.Errorf("open clipboard: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	err := do()
	if ok, _, closing := closeClipboard.Call(); ok == 0 && err == nil {
		err = fmt.Errorf("close clipboard: %w", closing)
	}
	return err
}

// format is the number of a registered format.
func format(name string) uintptr {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0
	}
	n, _, _ := registerFormat.Call(uintptr(unsafe.Pointer(text)))
	return n
}

// set puts data on the open clipboard, which owns it from then on.
func set(format uintptr, data []uint16) error {
	size := uintptr(len(data)) * unsafe.Sizeof(data[0])
	h, _, err := globalAlloc.Call(gmemMoveable, size)
	if h == 0 {
		return fmt.Errorf("write clipboard: %w", err)
	}
	at, _, err := globalLock.Call(h)
	if at == 0 {
		_, _, _ = globalFree.Call(h)
		return fmt.Errorf("write clipboard: %w", err)
	}
	_, _, _ = rtlMoveMemory.Call(at, uintptr(unsafe.Pointer(&data[0])), size)
	_, _, _ = globalUnlock.Call(h)
	if ok, _, err := setClipboardData.Call(format, h); ok == 0 {
		_, _, _ = globalFree.Call(h)
		return fmt.Errorf("write clipboard: %w", err)
	}
	return nil
}

// get reads the text on the open clipboard; empty where there is none.
func get() (string, error) {
	h, _, _ := getClipboardData.Call(cfUnicodeText)
	if h == 0 {
		return "", nil
	}
	size, _, _ := globalSize.Call(h)
	at, _, err := globalLock.Call(h)
	if at == 0 || size < 2 {
		return "", errors.Join(errors.New("read clipboard"), err)
	}
	defer func() { _, _, _ = globalUnlock.Call(h) }()
	text := make([]uint16, min(size/2, 1<<16))
	_, _, _ = rtlMoveMemory.Call(uintptr(unsafe.Pointer(&text[0])), at, uintptr(len(text))*2)
	defer clear(text)
	return windows.UTF16ToString(text), nil
}
