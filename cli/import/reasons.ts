// Tables of what an importer leaves or changes, and why. Pure.

/** Reasons by name, from a table that has one for several names with blanks between them. */
export function reasons(table: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(table).flatMap(([names, why]) => names.split(' ').map((name) => [name, why] as const)))
}

export const UNKNOWN_MEANING = 'it is not known what it means'
export const WEBHOOK = 'webhooks tell other programs of a run'
