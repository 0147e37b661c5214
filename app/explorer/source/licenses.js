// Lists the licence of every package of which the build contains a part.

import fs from 'node:fs';
import path from 'node:path';

/** The directory of the package that a file belongs to: the nearest one whose package.json has a name and a version. */
function packageOf(file) {
  for (let dir = path.dirname(file); dir.includes('node_modules'); dir = path.dirname(dir)) {
    const manifest = path.join(dir, 'package.json');
    if (!fs.existsSync(manifest)) continue;
    const { name, version, license } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
    if (name && version) return { dir, name, version, license };
  }
}

// Packages that ship no licence text, and a package by the same authors that ships theirs.
const SAME_AS = {
  '@graphiql/plugin-doc-explorer': 'graphiql',
  '@graphiql/plugin-explorer': 'graphiql',
  '@graphiql/plugin-history': 'graphiql',
  'react-compiler-runtime': 'react',
  'react-remove-scroll-bar': 'react-remove-scroll',
};

function licenceText({ name, dir }) {
  const from = SAME_AS[name] ? path.resolve('node_modules', SAME_AS[name]) : dir;
  const texts = fs
    .readdirSync(from)
    .filter((file) => /^(licen[sc]e|copying|notice|thirdpartynotices)/i.test(file))
    .sort()
    .map((file) => fs.readFileSync(path.join(from, file), 'utf8').replaceAll('\r\n', '\n').trim());
  if (texts.length === 0) throw new Error(`${name} ships no licence text: find it, and add it to SAME_AS`);
  return texts.join('\n\n');
}

export function licenses(fileName) {
  const found = new Map();

  const note = (id) => {
    const file = id.split('?')[0];
    if (!path.isAbsolute(file)) return;
    const owner = packageOf(file);
    if (owner) found.set(`${owner.name} ${owner.version}`, owner);
  };

  const collect = () => ({
    name: 'collect-licences',
    generateBundle(_options, bundle) {
      for (const id of this.getModuleIds()) note(id);
      for (const { originalFileNames = [] } of Object.values(bundle)) {
        for (const name of originalFileNames) note(path.resolve(name));
      }
    },
  });

  const emit = () => ({
    name: 'emit-licences',
    generateBundle: {
      order: 'post',
      handler() {
        const rule = '-'.repeat(80);
        const packages = [...found].sort(([a], [b]) => a.localeCompare(b, 'en'));
        // Many packages share one text: print it once, under all their names.
        const byText = new Map();
        for (const [title, owner] of packages) {
          const text = licenceText(owner);
          byText.set(text, [...(byText.get(text) ?? []), `${title} (${owner.license})`]);
        }
        const parts = [...byText].map(([text, titles]) => [rule, ...titles, rule, '', text, ''].join('\n'));
        const head = 'The explorer page contains parts of the following packages, under these licences.\n';
        this.emitFile({ type: 'asset', fileName, source: [head, ...parts].join('\n') });
      },
    },
  });

  return { collect, emit };
}
