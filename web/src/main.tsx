// Starts the dashboard in its page.

import { render } from 'preact'
import { App } from './app.tsx'
import './styles.css'

const place = document.getElementById('app')
if (place !== null) render(<App />, place)
