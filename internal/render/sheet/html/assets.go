package html

// style is the page's style sheet. Colours keep their contrast in print.
const style = `
:root { color-scheme: light dark; font-family: system-ui, "Hiragino Sans", "Yu Gothic UI", "Noto Sans JP", sans-serif; line-height: 1.6; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; border-bottom: 2px solid; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
td, th { border-top: 1px solid #8888; padding: .3rem .5rem; text-align: left; vertical-align: top; font-weight: normal; }
th { width: 32%; }
.verb, .star { white-space: nowrap; width: 1%; }
.again th, .again .verb { font-weight: 600; }
.note, .legend { opacity: .8; font-size: .9em; }
.notice, .warning { border-left: .3rem solid #d90; padding-left: .6rem; }
code { font-family: ui-monospace, Consolas, monospace; overflow-wrap: anywhere; }
button { font: inherit; font-size: .8em; }
@media print { button { display: none; } body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
`

// script copies the value of the button that is pressed. Without a clipboard,
// as on a page opened from a file in some browsers, it selects the value.
const script = `
document.addEventListener("click", function (event) {
  var button = event.target;
  if (!button.hasAttribute || !button.hasAttribute("data-value")) { return; }
  function select() {
    var range = document.createRange();
    range.selectNodeContents(button.previousElementSibling);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  }
  function done() { button.textContent = "✓"; }
  if (navigator.clipboard) {
    navigator.clipboard.writeText(button.getAttribute("data-value")).then(done, select);
  } else {
    select();
  }
});
`
