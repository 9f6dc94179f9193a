// The route that looks at an upstream: before it is added, or at that of a project.

import type { Server } from '../../shared/http/create-server.ts'
import { Answer, success } from '../../shared/schemas/common.ts'
import { MANAGERS } from '../../shared/schemas/roles.ts'
import { TestUpstream, upstreamSeenProperties } from '../../shared/schemas/upstream-test.ts'
import { withExample } from '../openapi/with-example.ts'
import type { UpstreamTest } from '../services/upstream-test.ts'
import { identityOf } from '../users/login.ts'
import { answers } from './answers.ts'

export async function upstreamTestRoutes(app: Server, { testUpstream }: { testUpstream: UpstreamTest }): Promise<void> {
  app.post(
    '/test_upstream',
    {
      config: { access: MANAGERS },
      schema: {
        tags: ['Projects'],
        summary: 'Look at an upstream: whether it answers, its modules or entries, and the layout that it looks like',
        body: withExample(
          TestUpstream,
          { rsync_host: 'rsync.example.org', rsync_module: 'debian' },
          { source: { kind: 'rclone', remote: { type: 'http', url: 'https://example.org/pub/' } } },
        ),
        response: answers(
          Answer(upstreamSeenProperties),
          success('test_upstream', {
            reachable: true,
            modules: null,
            entries: [{ name: 'dists', kind: 'folder' }],
            layout: 'debian' as const,
            probe: 'auto' as const,
            error: null,
          }),
        ),
      },
    },
    async (request) => success('test_upstream', await testUpstream(request.body, identityOf(request))),
  )
}
