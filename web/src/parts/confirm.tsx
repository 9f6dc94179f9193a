// Asks before an action that cannot easily be undone, and says what is lost and what stays.

import { useEffect, useRef, useState } from 'preact/hooks'

export interface Question {
  title: string
  text: string
  action: string
  run: () => void
  /** A name that must be typed first, for what cannot be undone at all. */
  typed?: string
  danger?: boolean
}

export function Confirm({ question, close }: { question: Question | null; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [typed, setTyped] = useState('')
  const [missing, setMissing] = useState(false)
  useEffect(() => {
    setTyped('')
    setMissing(false)
    if (question !== null) dialog.current?.showModal()
    else dialog.current?.close()
  }, [question])
  const act = (event: SubmitEvent) => {
    event.preventDefault()
    if (question === null) return
    if (question.typed !== undefined && typed !== question.typed) return setMissing(true)
    question.run()
    close()
  }
  const onBackdrop = (event: MouseEvent) => {
    if (event.target === dialog.current) close()
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog ref={dialog} onClose={close} onClick={onBackdrop} aria-labelledby="confirm-title">
      {question !== null && (
        <form class="in stack" onSubmit={act}>
          <h2 id="confirm-title">{question.title}</h2>
          <p>{question.text}</p>
          {question.typed !== undefined && (
            <div class="f">
              <label for="confirm-typed">
                Type <b>{question.typed}</b> to confirm
              </label>
              <input
                id="confirm-typed"
                value={typed}
                onInput={(event) => setTyped(event.currentTarget.value)}
                autocomplete="off"
                aria-invalid={missing}
              />
              {missing && <p class="e">This is not the name. Nothing was done.</p>}
            </div>
          )}
          <div class="acts">
            <button type="button" class="b" onClick={close}>
              Cancel
            </button>
            <button type="submit" class={question.danger ? 'b d' : 'b p'}>
              {question.action}
            </button>
          </div>
        </form>
      )}
    </dialog>
  )
}
