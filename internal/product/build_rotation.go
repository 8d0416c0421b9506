package product

import "github.com/mailprov/mailprov/internal/message"

// partial tells whether the document carries only what a person enters at every
// rotation. What a machine reads is whole on every occasion: it reads the file
// as its settings, and has nothing else.
func (b *builder) partial() bool {
	return b.f.Occasion == Rotation && b.p.Entered == ByHand && !b.f.Rotation.Whole
}

// rotation makes s the document of a re-entry: by when, what is still in use,
// and what to run where the product does not take the new value.
func (b *builder) rotation(s *Settings) {
	r := b.f.Rotation
	s.ReenterFrom, s.ReenterBy = r.From, r.By
	if r.InUse.KeyID != "" {
		inUse := r.InUse
		s.InUse = &inUse
	}
	s.Stopped, s.EarlierValue = r.Stopped, r.Earlier
	s.RejectCommand = RejectCommand(s.Target)
	if r.Delivered {
		s.RejectCommand = "mailprov rotate " + message.Word(s.ClientSecret.Ref) + " -back"
	}
	if r.Readable {
		s.PreviousCommand = "mailprov secret show -previous " + message.Word(s.ClientSecret.Ref)
	}
	if s.Partial = b.partial(); s.Partial {
		s.Inputs, s.Scopes, s.SMTP = map[string]any{}, []string{}, nil
	}
	s.Notices = append(append(b.earlier(s), s.Notices...), b.texts(b.p.rotationNotes)...)
	if r.Whole {
		s.Notices = append([]string{words(b.f.Language,
			"シークレットのほかにも値が変わっています。すべての項目を確認してください",
			"More than the secret has changed: go through all of it.")}, s.Notices...)
	}
}

// earlier says that the value to be entered is not a new one.
func (b *builder) earlier(s *Settings) []string {
	if !s.EarlierValue {
		return []string{}
	}
	return []string{words(b.f.Language,
		"再入力するのは新しい値ではなく、以前のシークレット (先頭3文字 %s、有効期限 %s) です",
		"The value to enter is not a new one but the earlier secret (begins with %s, ends %s).", s.ClientSecret.Hint, s.ClientSecret.ExpiresOn)}
}

// RejectCommand is what a person runs where the product does not take the
// newest secret; the note is theirs to fill in.
func RejectCommand(target string) string {
	return "mailprov confirm " + message.Word(target) + " -reject -note=…"
}
