import { files } from './client-bundle.cjs'
import type { FrameView } from './views.js'

const named = (end: string) => Object.keys(files).find((name) => name.endsWith(end)) ?? ''

/** The page itself, whose script does the rest. What it is told stands in an attribute, as no script may stand in it. */
export function shell(base: string, frame: FrameView): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Alligator</title>
<link rel="icon" type="image/svg+xml" href="${escape(`${base}/assets/${named('.svg')}`)}">
<link rel="stylesheet" href="${escape(`${base}/assets/${named('.css')}`)}">
<script type="module" src="${escape(`${base}/assets/${named('.js')}`)}"></script>
</head>
<body data-base="${escape(base)}" data-frame="${escape(JSON.stringify(frame))}">
<div id="app"><p class="boot">Loading the queues…</p></div>
<noscript><p class="boot">This page needs JavaScript. The same is told by: alligator status</p></noscript>
</body>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
