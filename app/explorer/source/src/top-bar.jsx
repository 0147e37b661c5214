import { useState } from 'react';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { PUBLIC } from './session.js';
import logo from '/favicon.svg';

export function TopBar({ actors, actor, session }) {
  const { introspect, stop } = useGraphiQLActions();
  const schema = useGraphiQL((state) => state.schema);

  const actAs = (actor) => {
    stop();
    session.actAs(actor);
    // A schema that is there stays; one that was refused may be had with this key.
    if (!schema) introspect();
  };

  return (
    <header className="pg-bar">
      <img src={logo} alt="" width="24" height="24" />
      <h1>Partnergraph</h1>
      {actors.length ? <ActorMenu actors={actors} initial={actor} actAs={actAs} /> : <KeyField actAs={actAs} />}
    </header>
  );
}

// The name of the chosen actor survives a reload; its key is never stored.
const ACTOR = 'partnergraph:actor';

export const rememberedActor = (actors) =>
  actors.find(({ id }) => id === sessionStorage.getItem(ACTOR)) ?? actors[0] ?? PUBLIC;

function ActorMenu({ actors, initial, actAs }) {
  const [actor, setActor] = useState(initial);

  const choose = (event) => {
    const chosen = actors.find(({ id }) => id === event.target.value);
    sessionStorage.setItem(ACTOR, chosen.id);
    setActor(chosen);
    actAs(chosen);
  };

  return (
    <div className="pg-identity">
      <label htmlFor="act-as">Act as</label>
      <select
        id="act-as"
        data-testid="act-as"
        value={actor.id}
        aria-describedby="act-as-description"
        onChange={choose}
      >
        {actors.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      <span id="act-as-description" className="pg-hint" title={actor.description} role="status">
        {actor.description}
      </span>
    </div>
  );
}

function KeyField({ actAs }) {
  const [value, setValue] = useState('');
  const [active, setActive] = useState('');

  const use = (key) => {
    setActive(key);
    setValue('');
    actAs(key ? { label: shortened(key), key } : PUBLIC);
  };
  const submit = (event) => {
    event.preventDefault();
    use(value.trim().replace(/^Bearer\s+/i, ''));
  };

  return (
    <form className="pg-identity" onSubmit={submit} autoComplete="off">
      <span className="pg-hint pg-who" role="status" data-testid="identity">
        {active ? `Using ${shortened(active)}` : 'No key: you see what is public'}
      </span>
      {active ? (
        <button type="button" onClick={() => use('')}>
          Forget key
        </button>
      ) : (
        <>
          <input
            type="password"
            data-testid="api-key"
            aria-label="API key or token"
            placeholder="API key or token"
            title="Kept in this page's memory only"
            autoComplete="off"
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
          <button type="submit" disabled={!value.trim()}>
            Use key
          </button>
        </>
      )}
    </form>
  );
}

const shortened = (key) => (key.length > 10 ? `${key.slice(0, 6)}…${key.slice(-3)}` : 'key');
