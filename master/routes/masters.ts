// The route of masters: which there are, and which of them are up.

import Type from 'typebox'
import type { Server } from '../../shared/http/create-server.ts'
import { MasterView } from '../../shared/schemas/master.ts'
import type { Topology } from '../topology.ts'
import { answers } from './answers.ts'

export async function masterRoutes(
  app: Server,
  { topology }: { topology: Pick<Topology, 'listMasters'> },
): Promise<void> {
  app.get(
    '/list_masters',
    { config: { access: 'any' }, schema: { response: answers(Type.Array(MasterView)) } },
    async () => topology.listMasters(),
  )
}
