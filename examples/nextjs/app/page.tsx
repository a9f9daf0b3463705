import { signUp } from './actions'

export default function Page() {
  return (
    <main>
      <h1>Sign up</h1>
      <form action={signUp}>
        <input name="email" type="email" placeholder="you@example.org" aria-label="E-mail" required />
        <button>Sign up</button>
      </form>
      <p>
        A worker sends the welcome: see <code>outbox.txt</code>, and <a href="/queues">the queue</a>.
      </p>
    </main>
  )
}
