// Asks before an action that cannot easily be undone, and says what will happen.

import { useEffect, useRef } from 'preact/hooks'

export interface Question {
  title: string
  text: string
  action: string
  run: () => void
}

export function Confirm({ question, close }: { question: Question | null; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (question !== null) dialog.current?.showModal()
    else dialog.current?.close()
  }, [question])
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="confirm-title">
      {question !== null && (
        <>
          <h2 id="confirm-title">{question.title}</h2>
          <p>{question.text}</p>
          <div class="actions">
            <button type="button" onClick={close}>
              Cancel
            </button>
            <button
              type="button"
              class="primary"
              onClick={() => {
                question.run()
                close()
              }}
            >
              {question.action}
            </button>
          </div>
        </>
      )}
    </dialog>
  )
}
