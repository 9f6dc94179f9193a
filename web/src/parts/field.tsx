// One field of a form: its label, its control, and its hint or error in the same place.

import type { NamedField } from '../setting-field.ts'
import { REMOVED } from '../settings-fields.ts'
import { Icon } from './icon.tsx'

interface Props {
  field: NamedField
  text: string
  /** True when a secret is stored. */
  isSet?: boolean
  error?: string | undefined
  onText: (text: string) => void
}

export function FormField({ field, text, isSet = false, error, onText }: Props) {
  const { key, label, wide, kind = 'text', choices = [], required = false, placeholder, hint } = field
  const id = `field-${key}`
  const about = `${id}-about`
  const isSecret = kind === 'secret'
  const says = text === REMOVED ? 'Will be removed when you save.' : hint
  return (
    <div class={`f c${wide}`}>
      <label for={id} class={required ? 'req' : undefined}>
        {label}
      </label>
      {kind === 'choice' ? (
        <select id={id} name={key} aria-describedby={about} onChange={(event) => onText(event.currentTarget.value)}>
          {choices.map((one) => (
            <option key={one} value={one} selected={one === text}>
              {one.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          name={key}
          value={text === REMOVED ? '' : text}
          type={(isSecret ? 'password' : 'text') as 'text'}
          inputMode={kind === 'number' ? 'numeric' : undefined}
          autocomplete={isSecret ? 'new-password' : 'off'}
          placeholder={isSecret && isSet ? 'kept; type to change' : placeholder}
          aria-invalid={error !== undefined}
          aria-describedby={about}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
      <span id={about} class={error === undefined ? 'h' : 'e'}>
        {error !== undefined && <Icon name="failed" />}
        {error ?? says}
        {isSecret && isSet && text !== REMOVED && (
          <button type="button" class="link" onClick={() => onText(REMOVED)}>
            Remove {label.toLowerCase()}
          </button>
        )}
      </span>
    </div>
  )
}
