import { useState } from 'react';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { getOperationAST, parse } from 'graphql';

/** A sidebar plugin that lists the server's example operations. */
export function examplesPlugin(operations) {
  const examples = operations.map((operation) => ({ ...operation, ...read(operation.document) }));
  return { title: 'Examples', icon: ExamplesIcon, content: () => <Examples examples={examples} /> };
}

function read(document) {
  try {
    const documentAST = parse(document);
    return { documentAST, kind: (getOperationAST(documentAST) ?? documentAST.definitions[0]).operation };
  } catch {
    return { documentAST: undefined, kind: undefined };
  }
}

function Examples({ examples }) {
  const [wanted, setWanted] = useState('');
  const open = useOpen();

  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = examples.filter(({ area, name, description, kind }) => {
    const text = `${area} ${name} ${description} ${kind}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });

  return (
    <section className="pg-examples" aria-label="Examples" data-testid="examples-list">
      <h2>Examples</h2>
      <input
        type="search"
        aria-label="Filter examples"
        placeholder="Filter, for example: billing mutation"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      {byArea(shown).map(([area, operations]) => (
        <section key={area} aria-label={area}>
          <h3>{area}</h3>
          <ul>
            {operations.map((example) => (
              <li key={example.name}>
                <button type="button" data-testid={`example-${example.name}`} onClick={() => open(example)}>
                  <span className="pg-example-name">{example.name}</span>
                  <span className={`pg-kind pg-${example.kind}`}>{example.kind}</span>
                  <span className="pg-example-text">{example.description}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {shown.length === 0 && <p>No example matches.</p>}
    </section>
  );
}

/** Opens an example in a tab of its own, so that nothing typed is lost. */
function useOpen() {
  const { addTab, stop, setOperationFacts, updateActiveTabValues } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(({ queryEditor, variableEditor }) => ({ queryEditor, variableEditor }));

  return ({ name, document, variables, documentAST }) => {
    if (!queryEditor) return;
    const query = `${document.trim()}\n`;
    stop();
    addTab();
    queryEditor.setValue(query);
    queryEditor.setScrollTop(0);
    variableEditor?.setValue(variables ?? '');
    // The editors report what was typed a moment later; a run right after the click must not wait for it.
    const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition');
    const operationName = operations?.[0]?.name?.value ?? name;
    setOperationFacts({ documentAST, operationName, operations });
    updateActiveTabValues({ query, variables: variables ?? '', operationName });
    queryEditor.focus();
  };
}

function byArea(examples) {
  const areas = new Map();
  for (const example of examples) areas.set(example.area, [...(areas.get(example.area) ?? []), example]);
  return [...areas];
}

function ExamplesIcon(props) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" {...props}>
      <path d="M5 3h11l4 4v14H5z" />
      <path d="m10.5 9.5 5 3.25-5 3.25z" />
    </svg>
  );
}
