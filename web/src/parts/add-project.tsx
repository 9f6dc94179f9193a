// The form that adds a project: paste an address, and the rest fills itself in.

import { useEffect, useState } from 'preact/hooks'
import { errorAt, type FormError, readErrors, summarize } from '../form-errors.ts'
import { factsOf, fieldsFor, readPasted, requestToAdd, upstreamToTest } from '../new-project.ts'
import type { Page } from '../page.ts'
import type { Texts } from '../setting-field.ts'
import { FormField } from './field.tsx'
import { FoundUpstream, useUpstream } from './found-upstream.tsx'
import { Icon } from './icon.tsx'
import { ScheduleEditor, type ScheduleFields } from './schedule-editor.tsx'

const EMPTY: Texts = { layout: 'plain', publish: 'in_place' }

export function AddProject({ page, done }: { page: Page; done: () => void }) {
  const [address, setAddress] = useState('')
  const [texts, setTexts] = useState(EMPTY)
  /** What the person has set, which nothing that is found takes the place of. */
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [schedule, setSchedule] = useState<ScheduleFields>({})
  const [errors, setErrors] = useState<readonly FormError[]>([])
  const found = useUpstream(page.session, upstreamToTest(address, texts))
  useEffect(() => {
    if (found === null || found === 'looking') return
    setTexts((now) => ({ ...now, ...factsOf(found, (key) => chosen.has(key)) }))
  }, [found])
  const paste = (text: string) => {
    setAddress(text)
    setTexts((now) => ({ ...now, ...readPasted(text) }))
  }
  const set = (key: string, text: string) => {
    setChosen((now) => new Set([...now, key]))
    setTexts((now) => ({ ...now, [key]: text }))
    setErrors([])
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const body = requestToAdd(address, texts, schedule)
    try {
      const { id, notes = [] } = await page.session.api.post('/add_project', { body })
      page.tell([`Added ${id}`, ...notes].join('. '), `#/project/${encodeURIComponent(id)}`)
      done()
    } catch (problem) {
      const found = readErrors(problem)
      setErrors(found)
      document.getElementById(`field-${found[0]?.key}`)?.focus()
    }
  }
  return (
    <form class="panel" onSubmit={submit} aria-label="Add a project">
      <header>
        <h2>Add a project</h2>
      </header>
      <div class="grid in">
        <div class="f c12">
          <label for="address">Address</label>
          <input
            id="address"
            value={address}
            autocomplete="off"
            placeholder="rsync://host/module/path, https://host/repository.git, or rclone:https://host/path/"
            onInput={(event) => paste(event.currentTarget.value)}
          />
          <span class="h">
            Paste the address of an rsync module or of a git repository; rclone: before the address of a web server or a
            bucket reads that. The upstream is looked at, and the fields below fill themselves in. A password is never
            part of it.
          </span>
        </div>
        <FoundUpstream found={found} onModule={(name) => set('rsync_module', name)} />
        {fieldsFor(address).map((field) => (
          <FormField
            key={field.key}
            field={field}
            text={texts[field.key] ?? ''}
            error={errorAt(errors, field.key)}
            onText={(text) => set(field.key, text)}
          />
        ))}
        <div class="c12">
          <ScheduleEditor session={page.session} value={schedule} onChange={setSchedule} />
        </div>
      </div>
      <div class="bar">
        {errors.length > 0 && (
          <span role="alert" class="e">
            <Icon name="failed" />
            {summarize(errors)}
          </span>
        )}
        <div class="acts">
          <button type="button" class="b" onClick={done}>
            Cancel
          </button>
          <button type="submit" class="b p">
            Add
          </button>
        </div>
      </div>
    </form>
  )
}
