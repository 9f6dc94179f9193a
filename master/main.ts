#!/usr/bin/env node
// Starts the master.

import { lockFolder } from '../shared/node/lifecycle.ts'
import { startNode } from '../shared/node/start.ts'
import { buildApp } from './app.ts'
import { createContext } from './context.ts'
import { MASTER_PROGRAM } from './program.ts'

void startNode({
  program: MASTER_PROGRAM,
  lock: (settings) => lockFolder(settings.DATA_DIR, 'DATA_DIR'),
  address: (settings) => ({ host: settings.MASTER_BIND, port: settings.MASTER_PORT }),
  build: async (settings) => {
    const context = await createContext(settings)
    const app = await buildApp(context)
    return { app, start: context.start, quiesce: context.quiesce, stop: context.stop }
  },
})
