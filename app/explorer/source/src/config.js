// What the server tells the page when it starts: see ../../README.md for the fields.

export async function loadConfig() {
  const url = `${import.meta.env.BASE_URL}config.json`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const { endpoint = '/graphql', demo = false, actors = [], operations = [] } = await response.json();
  return { endpoint, actors: demo ? actors : [], operations };
}

// Short lines: the editor is narrow beside the sidebar.
const welcomeText = (identity) => `# Welcome to Partnergraph.
#
# Run this query with Ctrl+Enter
# (Cmd+Enter) or the button.
# Then try:
#
# - ${identity}
# - Examples (left): ready to run
# - Query builder (left): pick fields
# - Docs (left): every type and field
# - Ctrl+Space: complete a name

`;

/** What a first visit shows. */
export function welcome({ actors, operations }) {
  const [first] = operations;
  const identity = actors.length ? 'Act as (above): another role' : 'API key (above): your own view';
  const document = first?.document.trim() ?? 'query Welcome {\n  __typename\n}';
  return { query: `${welcomeText(identity)}${document}\n`, variables: first?.variables ?? '' };
}
