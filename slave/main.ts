#!/usr/bin/env node
// Starts a slave.

import { lockFolder, lockTrees } from '../shared/node/lifecycle.ts'
import { startNode } from '../shared/node/start.ts'
import { buildApp } from './app.ts'
import { createContext } from './context.ts'
import { SLAVE_PROGRAM } from './program.ts'

void startNode({
  program: SLAVE_PROGRAM,
  lock: async ({ SLAVE_DATA_DIR, SLAVE_PUBLIC_DIR }) => {
    const unlock = await lockFolder(SLAVE_DATA_DIR, 'SLAVE_DATA_DIR')
    const unlockTrees = lockTrees(SLAVE_PUBLIC_DIR, 'SLAVE_PUBLIC_DIR')
    return () => {
      unlockTrees()
      unlock()
    }
  },
  address: (settings) => ({ host: settings.SLAVE_BIND, port: settings.SLAVE_PORT }),
  build: async (settings) => {
    const context = await createContext(settings)
    const app = await buildApp(context)
    return { app, start: context.start, quiesce: context.quiesce, stop: context.stop }
  },
})
