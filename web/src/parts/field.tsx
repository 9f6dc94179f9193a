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
  const { key, label, wide, kind = 'text', required = false, hint } = field
  const id = `field-${key}`
  const about = `${id}-about`
  const isSecret = kind === 'secret'
  const says = text === REMOVED ? 'Will be removed when you save.' : hint
  return (
    <div class={`f c${wide}`}>
      <label for={id} class={required ? 'req' : undefined}>
        {label}
      </label>
      <Control
        field={field}
        id={id}
        about={about}
        text={text}
        isSet={isSet}
        isWrong={error !== undefined}
        onText={onText}
      />
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

interface ControlProps {
  field: NamedField
  id: string
  /** The id of what says more about it. */
  about: string
  text: string
  isSet: boolean
  isWrong: boolean
  onText: (text: string) => void
}

function Control({ field, id, about, text, isSet, isWrong, onText }: ControlProps) {
  const { key, kind = 'text', choices = [], placeholder } = field
  const common = { id, name: key, 'aria-describedby': about }
  if (kind === 'choice')
    return (
      <select {...common} onChange={(event) => onText(event.currentTarget.value)}>
        {choices.map((one) => (
          <option key={one} value={one} selected={one === text}>
            {one.replaceAll('_', ' ')}
          </option>
        ))}
      </select>
    )
  if (kind === 'lines')
    return (
      <textarea
        {...common}
        rows={Math.min(12, Math.max(2, text.split('\n').length))}
        value={text}
        placeholder={placeholder}
        aria-invalid={isWrong}
        onInput={(event) => onText(event.currentTarget.value)}
      />
    )
  const isSecret = kind === 'secret'
  return (
    <input
      {...common}
      value={text === REMOVED ? '' : text}
      type={(isSecret ? 'password' : 'text') as 'text'}
      inputMode={kind === 'number' ? 'numeric' : undefined}
      autocomplete={isSecret ? 'new-password' : 'off'}
      placeholder={isSecret && isSet ? 'kept; type to change' : placeholder}
      aria-invalid={isWrong}
      onInput={(event) => onText(event.currentTarget.value)}
    />
  )
}
