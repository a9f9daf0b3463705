import { signUp } from './actions'

export default function Page() {
  return (
    <form action={signUp}>
      <input name="email" />
      <button>Sign up</button>
    </form>
  )
}
