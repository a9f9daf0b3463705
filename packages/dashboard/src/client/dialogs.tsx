import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

interface Field {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly options?: readonly (readonly [value: string, label: string])[]
}

/** What somebody is asked before something happens. */
export interface Question {
  readonly title: string
  readonly text?: ComponentChildren
  /** What the button says that does it. */
  readonly yes: string
  readonly isDanger?: boolean
  readonly fields?: readonly Field[]
}

interface Asked extends Question {
  readonly answer: (values: Readonly<Record<string, string>> | undefined) => void
}

let show: (asked: Asked | undefined) => void = () => undefined

/** Asks, and gives what was filled in. `undefined`: it is not to happen. */
export function ask(question: Question): Promise<Readonly<Record<string, string>> | undefined> {
  return new Promise((resolve) => {
    show({ ...question, answer: resolve })
  })
}

export function Dialogs(): JSX.Element | null {
  const [asked, setAsked] = useState<Asked>()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    show = setAsked
  }, [])
  useEffect(() => {
    if (asked) dialog.current?.showModal()
  }, [asked])
  if (!asked) return null
  const { title, text, yes, isDanger, fields = [], answer } = asked
  const end = (values: Readonly<Record<string, string>> | undefined) => {
    dialog.current?.close()
    setAsked(undefined)
    answer(values)
  }
  const submit = (event: Event) => {
    event.preventDefault()
    const sent = new FormData(event.currentTarget as HTMLFormElement)
    end(Object.fromEntries([...sent].map(([name, value]) => [name, typeof value === 'string' ? value : ''])))
  }
  return (
    <dialog
      ref={dialog}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault()
        end(undefined)
      }}
    >
      <form onSubmit={submit}>
        <h2 id="dialog-title">{title}</h2>
        {text && <div class="dialog-text">{text}</div>}
        {fields.map(({ name, label, hint, options }) => (
          <label key={name} class="field">
            <span>{label}</span>
            {options ? (
              <select name={name}>
                {options.map(([value, shown]) => (
                  <option key={value} value={value}>
                    {shown}
                  </option>
                ))}
              </select>
            ) : (
              <input name={name} maxLength={500} autocomplete="off" placeholder={hint} />
            )}
          </label>
        ))}
        <div class="dialog-buttons">
          <button type="button" class="button plain" onClick={() => end(undefined)}>
            Keep as it is
          </button>
          <button type="submit" class={`button ${isDanger ? 'danger' : 'main'}`}>
            {yes}
          </button>
        </div>
      </form>
    </dialog>
  )
}
