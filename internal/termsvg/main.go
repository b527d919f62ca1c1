// Command termsvg makes a picture of a terminal, an SVG on the standard output, of what a command
// prints, which it reads from its standard input.
//
//	make demo | termsvg 'make demo' >docs/demo.svg
//
// The picture has a dark background of its own, so that it can be read on any page.
package main

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: command | termsvg 'command' >picture.svg")
	}
	lines := []string{"$ " + os.Args[1]}
	for s := bufio.NewScanner(os.Stdin); s.Scan(); { // an error ends it, as the end does
		lines = append(lines, s.Text())
	}
	if _, err := io.WriteString(os.Stdout, picture(lines)); err != nil {
		log.Fatal(err)
	}
}

// Sizes in pixels. The monospace fonts are 0.6 of their 14 pixels wide, within a percent.
const (
	charWidth  = 8.5
	lineHeight = 21
	margin     = 20
	barHeight  = 34
)

func picture(lines []string) string {
	columns := 0
	for _, l := range lines {
		columns = max(columns, len([]rune(l)))
	}
	width, height := int(float64(columns)*charWidth)+2*margin, len(lines)*lineHeight+barHeight+margin
	var b strings.Builder
	fmt.Fprintf(&b, head, width, height, width, height, escape(lines[0]), width-1, height-1)
	for i, l := range lines {
		fmt.Fprintf(&b, "<text class=%q x=\"%d\" y=\"%d\">%s</text>\n", class(l), margin, barHeight+(i+1)*lineHeight-6, escape(l))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title">
<title id="title">What is printed by %s</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; white-space: pre; fill: #e6edf3; }
.command { fill: #79c0ff; font-weight: 600; }
.ok { fill: #7ee787; }
.failed { fill: #ff7b72; }
</style>
<rect x="0.5" y="0.5" width="%d" height="%d" rx="10" fill="#0d1117" stroke="#57606a"/>
<circle cx="22" cy="18" r="6" fill="#ff5f57"/><circle cx="42" cy="18" r="6" fill="#febc2e"/><circle cx="62" cy="18" r="6" fill="#28c840"/>
`

// class is what a line is by its beginning, as examples/demo.sh has them.
func class(text string) string {
	for begin, class := range map[string]string{"$ ": "command", "ok: ": "ok", "FAIL: ": "failed"} {
		if strings.HasPrefix(text, begin) {
			return class
		}
	}
	return "output"
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
