// The route that tries whether people can be told.

import Type from 'typebox'
import { NobodyToTell } from '../../shared/errors.ts'
import type { Server } from '../../shared/http/create-server.ts'
import { Answer, Nullable, success } from '../../shared/schemas/common.ts'
import type { Notifier } from '../outlets/notify/notifier.ts'
import { answers } from './answers.ts'

export const ToldView = Type.Object({ channel: Type.String(), error: Nullable(Type.String()) })

export async function notifyRoutes(app: Server, { notifier }: { notifier: Pick<Notifier, 'test'> }): Promise<void> {
  app.post(
    '/notify_test',
    {
      config: { access: ['root'] },
      schema: {
        tags: ['Status'],
        summary: 'Send a test message by mail and chat, and say which channel took it',
        response: answers(
          Answer({ channels: Type.Array(ToldView) }),
          success('notify_test', { channels: [{ channel: 'mail by smtp.example.org:587', error: null }] }),
        ),
      },
    },
    async () => {
      const channels = await notifier.test()
      if (channels.length === 0) throw new NobodyToTell()
      return success('notify_test', { channels })
    },
  )
}
