import { defineConfig } from 'vite';
import { licenses } from './licenses.js';

const { collect, emit } = licenses('THIRD_PARTY_LICENSES.txt');

export default defineConfig({
  // The page is served at /, everything that it loads under /explorer/.
  base: '/explorer/',
  // Workers are bundled apart; what they contain belongs on the list of licences too.
  plugins: [collect(), emit()],
  worker: { format: 'es', plugins: () => [collect()] },
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: 'es2022',
    // No data: URLs of our own making, so that the page's policy can stay narrow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  // For `npm run dev`: the API on its usual port.
  server: {
    proxy: {
      '/graphql': { target: 'http://127.0.0.1:8000', ws: true },
      '/explorer/config.json': 'http://127.0.0.1:8000',
    },
  },
});
