import { useSyncExternalStore } from 'react';

const SOCKET = { connecting: 'Connecting', open: 'Live', closed: 'Stopped' };

/** Below the response: how the latest request went, and as whom it was sent. */
export function StatusLine({ session }) {
  const status = useSyncExternalStore(session.onStatus, session.getStatus);
  if (!status) return null;
  return (
    <div className="pg-status" data-testid="status" data-kind={status.kind} role="status">
      {status.kind === 'http' ? <Answered {...status} /> : <Live {...status} />}
    </div>
  );
}

function Answered({ code, ms, bytes, as }) {
  const good = code >= 200 && code < 300;
  return (
    <p>
      <span className={`pg-dot ${good ? 'pg-good' : 'pg-bad'}`} />
      <span>{code ? `HTTP ${code}` : 'No answer'}</span>
      <span>{ms} ms</span>
      <span>{size(bytes)}</span>
      <span>as {as}</span>
    </p>
  );
}

function Live({ socket, log, as }) {
  const count = log[0]?.number ?? 0;
  return (
    <>
      <p>
        <span className={`pg-dot pg-${socket}`} />
        <span>{SOCKET[socket]}</span>
        <span data-testid="event-count">{count === 1 ? '1 event' : `${count} events`}</span>
        <span>as {as}</span>
      </p>
      {log.length > 0 && (
        <ol className="pg-log" data-testid="event-log" aria-label="Events, newest first" tabIndex={0}>
          {log.map(({ number, at, result }) => (
            <li key={number}>
              <b>{number}</b> <time>{at.toLocaleTimeString()}</time>{' '}
              <code>{JSON.stringify(result.errors ? result : result.data)}</code>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

const size = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);
