// @ts-check
/** @typedef {import('./database.js').Post} Post */
/** @typedef {import('./database.js').Email} Email */

const ESCAPES = /** @type {Record<string, string>} */ ({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
})

/** @param {string} text */
const escape = (text) => text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? '')

/**
 * @param {string} title
 * @param {string} body
 */
const page = (title, body) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
  li.sent::marker { content: '✓  ' } li::marker { content: '…  ' } li { color: #777 } li.sent { color: #060 }
  textarea { width: 100%; height: 4rem; font: inherit } progress { width: 100% }
</style>
<h1><a href="/">sosocial</a></h1>
${body}
</html>`

/** @param {readonly Post[]} posts */
export function home(posts) {
  const items = posts.map(({ id, message }) => `<p><a href="/posts/${id}">${escape(message)}</a></p>`)
  const form = `<form method="post" action="/posts">
  <textarea name="message" required maxlength="500" placeholder="What is new?"></textarea>
  <button>Post</button>
</form>`
  return page('sosocial', form + items.join('\n'))
}

/**
 * @param {Post} post
 * @param {readonly Email[]} emails
 */
export function postPage({ id, message }, emails) {
  return page(
    message,
    `<blockquote>${escape(message)}</blockquote>
<div id="emails">${progress(emails)}</div>
<script type="module">
  const events = new EventSource('/posts/${id}/emails')
  events.onmessage = ({ data }) => (document.querySelector('#emails').innerHTML = JSON.parse(data))
  events.addEventListener('done', () => events.close())
</script>`,
  )
}

/** @param {readonly Email[]} emails */
export function progress(emails) {
  const sent = emails.filter(({ sent_at }) => sent_at !== null)
  const items = emails.map(
    ({ follower, sent_at }) => `<li${sent_at === null ? '' : ' class="sent"'}>${escape(follower)}</li>`,
  )
  return `<p><output>${sent.length} of ${emails.length} e-mails sent</output></p>
<progress value="${sent.length}" max="${emails.length}"></progress>
<ul>${items.join('')}</ul>`
}
