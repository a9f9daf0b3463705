// @ts-check
/** @typedef {import('./database.js').Post} Post */
/** @typedef {import('./database.js').Email} Email */
/** @typedef {Readonly<Record<'waiting' | 'running' | 'delayed' | 'dead', number>>} Counts */

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
 * @param {Counts} counts
 * @param {string} live where the page's events come from
 * @param {string} body
 */
const page = (title, counts, live, body) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/sosocial.css">
<script type="module" src="/live.js"></script>
<body data-live="${live}">
<header>
  <a class="brand" href="/">sosocial</a>
  <a class="queue" href="/queues">
    <span>Queue</span>
    <span id="counts">${queue(counts)}</span>
  </a>
</header>
<main>
${body}
</main>
</html>`

/**
 * @param {readonly Post[]} posts
 * @param {number} followers
 * @param {Counts} counts
 */
export function home(posts, followers, counts) {
  const items = posts.map(
    ({ id, message, sent }) => `<li><a href="/posts/${id}">
    <span>${escape(message)}</span>
    <small>${sent === followers ? `sent to ${sent}` : `${sent} of ${followers} sent`}</small></a></li>`,
  )
  return page(
    'sosocial',
    counts,
    '/live',
    `<form class="card" method="post" action="/posts">
  <label for="message">What is new?</label>
  <textarea id="message" name="message" required maxlength="500" rows="3" autofocus></textarea>
  <footer><small>An e-mail goes to each of your ${followers} followers.</small><button>Post</button></footer>
</form>
${items.length > 0 ? `<ul class="posts">${items.join('\n')}</ul>` : '<p class="empty">Nothing has been posted yet.</p>'}`,
  )
}

/**
 * @param {Post} post
 * @param {readonly Email[]} emails
 * @param {Counts} counts
 */
export function postPage({ id, message }, emails, counts) {
  return page(
    message,
    counts,
    `/live?post=${id}`,
    `<blockquote class="card">${escape(message)}</blockquote>
<section id="emails">${progress(emails)}</section>`,
  )
}

/** @param {Counts} counts */
export function queue({ waiting, running, delayed, dead }) {
  const figures = Object.entries({ waiting, running, delayed, dead })
  return figures
    .map(([state, count]) => `<b class="${state}${count === 0 ? ' none' : ''}">${count}</b> ${state}`)
    .join('<i></i>')
}

/** @param {readonly Email[]} emails */
export function progress(emails) {
  const sent = emails.filter(({ sent_at }) => sent_at !== null)
  return `<p class="sum"><output>${sent.length} of ${emails.length} e-mails sent</output></p>
<progress value="${sent.length}" max="${emails.length}" aria-label="E-mails sent"></progress>
<ul class="emails">${emails.map(row).join('')}</ul>`
}

/** @param {Email} email */
function row(email) {
  const [state, words] = stateOf(email)
  return `<li class="${state}"><span>${escape(email.follower)}</span><small>${escape(words)}</small></li>`
}

/**
 * @param {Email} email
 * @returns {[state: string, words: string]}
 */
function stateOf({ attempts, problem, sent_at }) {
  if (sent_at !== null) return ['sent', attempts > 1 ? `sent at attempt ${attempts}` : 'sent']
  if (problem !== null) return ['failed', `attempt ${attempts}: ${problem}`]
  if (attempts > 0) return ['sending', attempts > 1 ? `sending, attempt ${attempts}` : 'sending']
  return ['waiting', 'on the queue']
}
