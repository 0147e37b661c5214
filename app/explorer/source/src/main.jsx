import 'graphiql/setup-workers/vite';
import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';
import { loadConfig } from './config.js';
import { createSession } from './session.js';
import { rememberedActor } from './top-bar.jsx';
import './style.css';

const root = document.getElementById('root');

try {
  const config = await loadConfig();
  // The editor measures its letters once, so its font has to be there before it.
  await document.fonts.load('13px "Fira Code"').catch(() => {});
  const actor = rememberedActor(config.actors);
  createRoot(root).render(<App config={config} actor={actor} session={createSession(config.endpoint, actor)} />);
} catch (error) {
  const message = document.createElement('p');
  message.className = 'pg-loading';
  message.setAttribute('role', 'alert');
  message.textContent = `The explorer could not start: ${error.message}. Is the service up? Reload the page to try again.`;
  root.replaceChildren(message);
}
