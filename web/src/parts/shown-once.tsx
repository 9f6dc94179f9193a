// A secret that was just made, with Copy; it is gone when it is hidden.

import type { Page } from '../page.ts'
import { Icon } from './icon.tsx'

interface Props {
  page: Page
  title: string
  /** What to do with it. */
  says: string
  text: string
  hide: () => void
}

export function ShownOnce({ page: { tell, fail }, title, says, text, hide }: Props) {
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => tell('Copied'),
      () => fail('The browser did not allow to copy. Select the text, and copy it by hand.'),
    )
  return (
    <section class="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <div class="acts">
          {/* Over plain HTTP a browser lets no page copy. */}
          {isSecureContext && (
            <button type="button" class="b" onClick={copy}>
              <Icon name="copy" />
              Copy
            </button>
          )}
          <button type="button" class="b q" onClick={hide}>
            Hide
          </button>
        </div>
      </header>
      <div class="in stack">
        <p>{says}</p>
        <pre class="mono">{text}</pre>
      </div>
    </section>
  )
}
