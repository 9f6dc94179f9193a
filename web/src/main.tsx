// Starts the dashboard in its page.

import { render } from 'preact'
import { App } from './app.tsx'
import { addIcons } from './parts/icon.tsx'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/states.css'
import './styles/tables.css'
import './styles/project.css'
import './styles/forms.css'
import './styles/phones.css'

addIcons(document.body)
const place = document.getElementById('app')
if (place !== null) render(<App />, place)
