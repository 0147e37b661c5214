import { GraphiQL, GraphiQLInterface } from 'graphiql';
import { GraphiQLProvider } from '@graphiql/react';
import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { welcome } from './config.js';
import { examplesPlugin } from './examples.jsx';
import { StatusLine } from './status-line.jsx';
import { lastVisit, storage } from './storage.js';
import { TopBar } from './top-bar.jsx';

export function App({ config, actor, session }) {
  const { start, plugins, visible } = setUp(config);
  return (
    <GraphiQLProvider
      fetcher={session.fetcher}
      plugins={plugins}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      visiblePlugin={visible}
      storage={storage}
      defaultQuery=""
      initialQuery={start.query}
      initialVariables={start.variables}
      inputValueDeprecation
      schemaDescription
    >
      <TopBar actors={config.actors} actor={actor} session={session} />
      <HistoryStore>
        <DocExplorerStore>
          <GraphiQLInterface showPersistHeadersSettings={false} defaultEditorToolsVisibility="variables">
            <GraphiQL.Logo>
              <></>
            </GraphiQL.Logo>
            <GraphiQL.Footer>
              <StatusLine session={session} />
            </GraphiQL.Footer>
          </GraphiQLInterface>
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}

/** Rendered once; the plugins have to stay the same objects. */
function setUp(config) {
  const examples = examplesPlugin(config.operations);
  const builder = { ...explorerPlugin(), title: 'Query builder' };
  return {
    start: lastVisit() ?? welcome(config),
    plugins: [examples, builder, DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN],
    visible: config.operations.length ? examples : DOC_EXPLORER_PLUGIN,
  };
}
