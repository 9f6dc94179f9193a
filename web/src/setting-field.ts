// A setting of a project as a field of a form: how each kind of value is read from the project, and written into a request. Pure.

import { joinQuoted, splitQuoted } from '../../shared/rsync/option-text.ts'
import type { ProjectView } from '../../shared/schemas/project.ts'
import type { UpdateProject } from '../../shared/schemas/project-request.ts'

/** A part of a request. */
export type Part = Partial<Omit<UpdateProject, 'id'>>

export interface Field {
  /** The name of the request's field, by which errors find it. */
  name: keyof Part
  label: string
  /** How wide it is, of twelve columns. */
  wide: 2 | 3 | 4 | 6 | 12
  /** `secret`: kept unless something is typed. */
  kind?: 'text' | 'number' | 'secret' | 'choice' | 'lines'
  choices?: readonly string[]
  required?: boolean
  /** What holds when it is left empty. */
  placeholder?: string
  hint?: string
  /** The text that stands for the project's value; empty for a secret. */
  read: (project: ProjectView) => string
  /** The part of a request that sets it. `all` has the texts of all fields, for those that are sent together. */
  write: (text: string, all: Texts) => Part
}

export type Texts = Readonly<Record<string, string>>

/** A field whose own name is not that of the request's field. */
export interface NamedField extends Field {
  /** The name of its text. */
  key: string
}

/** The names of the fields whose values are of one type. */
type Named<T> = { [N in keyof Part & keyof ProjectView]: ProjectView[N] extends T ? N : never }[keyof Part &
  keyof ProjectView]
type More = Partial<NamedField>

export const words = (text: string) => text.split(/\s+/).filter(Boolean)
const show = (value: unknown) => String(value ?? '')

/** A value that is always there. */
export const text = (
  name: Named<string | boolean | undefined>,
  label: string,
  wide: Field['wide'],
  more: More = {},
): NamedField => ({
  name,
  key: name,
  label,
  wide,
  required: true,
  read: (project) => show(project[name]),
  write: (entered) => ({ [name]: entered.trim() }),
  ...more,
})

/** A value that is null when the field is empty. */
export const textOrNull = (
  name: keyof Part & keyof ProjectView,
  label: string,
  wide: Field['wide'],
  more: More,
): NamedField => ({
  name,
  key: name,
  label,
  wide,
  read: (project) => show(project[name]),
  write: (entered) => ({ [name]: entered.trim() === '' ? null : entered.trim() }),
  ...more,
})

export const numberOrNull = (name: keyof Part & keyof ProjectView, label: string, wide: Field['wide'], more: More) =>
  textOrNull(name, label, wide, {
    kind: 'number',
    write: (entered) => ({ [name]: entered.trim() === '' ? null : Number(entered) }),
    ...more,
  })

export const choice = (
  name: Named<string | boolean | undefined>,
  label: string,
  choices: readonly string[],
  more: More = {},
) => text(name, label, 4, { kind: 'choice', choices, required: false, ...more })

/** What is never shown; it stays unless something is typed. */
export const secret = (
  name: 'rsync_password' | 'trigger_secret' | 'ssh_key',
  label: string,
  wide: Field['wide'],
  isSet: (project: ProjectView) => boolean,
  more: More = {},
): NamedField => ({
  name,
  key: name,
  label,
  wide,
  kind: 'secret',
  read: (project) => (isSet(project) ? 'set' : ''),
  write: (entered) => ({ [name]: entered === '' ? null : entered }),
  ...more,
})

/** rsync's options are one field of the request, so all three texts are sent when one has changed. */
export const rsyncOptions = (
  key: 'defaults' | 'basic' | 'delete',
  label: string,
  wide: Field['wide'],
  more: More = {},
) => ({
  name: 'rsync_options' as const,
  key,
  label,
  wide,
  read: ({ rsync_options }: ProjectView) => (key === 'delete' ? rsync_options.delete : joinQuoted(rsync_options[key])),
  write: (_entered: string, all: Texts): Part => ({
    rsync_options: {
      defaults: splitQuoted(all.defaults ?? ''),
      basic: splitQuoted(all.basic ?? ''),
      delete: (all.delete ?? '').trim(),
    },
  }),
  ...more,
})
