// GraphiQL keeps tabs and history in localStorage, request headers among them. A header may hold a
// key, so headers stay out of it.

const PREFIX = 'graphiql:';

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

function withoutHeaders(value) {
  try {
    return JSON.stringify(JSON.parse(value), (key, inner) => (key === 'headers' ? null : inner));
  } catch {
    return value;
  }
}

export const storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => {
    if (key !== `${PREFIX}headers`) localStorage.setItem(key, withoutHeaders(value));
  },
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => keys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return keys().length;
  },
};

/** What the last visit left in the active tab; null on a first visit. */
export function lastVisit() {
  try {
    const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem(`${PREFIX}tabState`));
    const { query, variables } = tabs[activeTabIndex];
    return { query: query ?? '', variables: variables ?? '' };
  } catch {
    return null;
  }
}
