// The route of masters: lists them, and says which are up.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { MasterView } from '../../shared/schemas/master.ts'
import { MASTER } from '../openapi/examples.ts'
import type { Topology } from '../topology.ts'
import { answers } from './answers.ts'

export async function masterRoutes(
  app: Server,
  { topology }: { topology: Pick<Topology, 'listMasters'> },
): Promise<void> {
  app.get(
    '/list_masters',
    {
      config: { access: 'any' },
      schema: {
        tags: ['Nodes'],
        summary: 'List all masters, and which of them are up',
        response: answers(Type.Array(MasterView), [MASTER]),
      },
    },
    async () => topology.listMasters(),
  )
}
