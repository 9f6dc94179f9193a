#!/usr/bin/env node
// Starts a slave.

import { startNode } from '../shared/node/start.ts'
import { buildApp } from './app.ts'
import { createContext } from './context.ts'
import { SLAVE_PROGRAM } from './program.ts'

void startNode({
  program: SLAVE_PROGRAM,
  dataFolder: (settings) => settings.SLAVE_DATA_DIR,
  address: (settings) => ({ host: settings.SLAVE_BIND, port: settings.SLAVE_PORT }),
  build: async (settings) => {
    const context = await createContext(settings)
    const app = await buildApp(context)
    return { app, start: context.start, quiesce: context.quiesce, stop: context.stop }
  },
})
