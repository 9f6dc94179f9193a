// Tells the schedules when a run of a project with an interval has ended: only then is it known when the next one is due.

import type { EventBus } from '../../shared/flow/events.ts'
import type { MasterEvents } from '../../shared/schemas/event.ts'
import { goesByInterval } from '../schedule/next-run-time.ts'
import type { Schedules } from './schedules.ts'

export interface IntervalEndsDeps {
  events: Pick<EventBus<MasterEvents>, 'on'>
  schedules: Pick<Schedules, 'follow'>
}

export function createIntervalEnds({ events, schedules }: IntervalEndsDeps) {
  let stop = () => {}
  return {
    start: (): void => {
      stop = events.on(
        'project.changed',
        ({ key, project }) => {
          if (goesByInterval(project)) schedules.follow({ ...project, key })
        },
        'own',
      )
    },
    stop: (): void => stop(),
  }
}
