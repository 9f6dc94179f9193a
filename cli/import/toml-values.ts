// Takes values of a TOML document for what they should be. Pure.

export type Table = Readonly<Record<string, unknown>>

export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)

export const tablesIn = (value: unknown): Table[] => (Array.isArray(value) ? value.filter(isTable) : [])

export const textsIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** A positive whole number; anything else counts as not given, as in tunasync. */
export const numberIn = (value: unknown): number | null => {
  const number = Number(value)
  return Number.isSafeInteger(number) && number > 0 ? number : null
}
