// Refuses text that cannot be kept everywhere: PostgreSQL reads no JSON with a zero character or half a surrogate pair.

import { atField, InvalidInput } from '../errors.ts'

const ODD = /[\0\p{Cs}]/u

/**
 * Looks at all strings of a request, and at the names of its fields.
 *
 * @throws {InvalidInput} naming the field.
 */
export function assertPlainText(given: unknown): void {
  // What is nested deeply must not use up the stack.
  const waiting: [string, unknown][] = [['', given]]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [field, value] = next
    if (typeof value === 'string' && ODD.test(value)) throw odd(field)
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue
    for (const [name, inner] of Object.entries(value)) {
      if (ODD.test(name)) throw odd(field)
      waiting.push([field === '' ? name : `${field}.${name}`, inner])
    }
  }
}

function odd(field: string): Error {
  const message = 'must not hold the character U+0000, nor half a surrogate pair'
  return atField(new InvalidInput(field === '' ? `A field's name ${message}` : `${field}: ${message}`), field)
}
