// @ts-check
// `node mail-server.mjs`: the mail server on its own; it says who got an e-mail, and who was turned away.
import { Inbox } from './inbox.js'

const inbox = new Inbox(console.log)
console.log(`Waiting for e-mails on ${await inbox.open(2525)}; Ctrl-C ends it.`)
