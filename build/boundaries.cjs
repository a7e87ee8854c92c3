// Who may import whom: the one list of ranks of docs/ARCHITECTURE.md, enforced by dependency-cruiser (type imports count, cycles forbidden).
const ranks = [
  ['base'],
  ['crypto', 'contract'],
  ['payload', 'seams'],
  ['storage/erasure', 'keystore', 'iam', 'observe', 'trust'],
  ['kms', 'objects'],
  ['s3', 'vault-api', 'kes-api', 'console'],
  ['appliance'],
  ['shell', 'cli'],
]
/** Narrower than the rank alone. */
const only = {
  crypto: ['base'],
  contract: [],
  payload: ['base', 'crypto'],
  seams: ['base', 'crypto'],
  'storage/erasure': ['base', 'crypto', 'payload', 'seams'],
  keystore: ['base', 'crypto', 'seams'],
  iam: ['base', 'crypto', 'seams'],
  observe: ['base', 'crypto', 'seams'],
  trust: ['base', 'crypto', 'seams'],
  kms: ['base', 'seams', 'keystore'],
  objects: ['base', 'crypto', 'seams'],
  s3: ['base', 'crypto', 'iam', 'objects'],
  console: ['base', 'contract', 'seams', 'iam', 'keystore', 'objects', 'observe', 'trust'],
  cli: ['base', 'contract'],
}
const folder = (name) => `^src-main/${name}/`
const rules = []
ranks.forEach((names, rank) => {
  for (const name of names) {
    const allowed = only[name] ?? ranks.slice(0, rank).flat()
    rules.push({
      name: `rank-of-${name.replace('/', '-')}`,
      severity: 'error',
      comment: `${name} imports only ${allowed.join(', ') || 'nothing of ours'}`,
      from: { path: folder(name) },
      to: { path: '^src-main/', pathNot: [folder(name), ...allowed.map(folder), '^src-main/web-assembly\\.d\\.ts$'] },
    })
    if (rank >= 3) {
      rules.push({
        name: `door-of-${name.replace('/', '-')}`,
        severity: 'error',
        comment: `${name} is entered only through its index.ts`,
        from: { path: '^src-main/', pathNot: folder(name) },
        to: { path: folder(name), pathNot: [`${folder(name)}index\\.ts$`, '-worker\\.ts$', '^src-main/shell/preload\\.ts$'] },
      })
    }
  }
})
const erasureOrder = ['format', 'layout', 'drives', 'set', 'commit', 'heal']
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...rules,
    ...erasureOrder.slice(0, 4).map((name, index) => ({
      name: `erasure-order-${name}`,
      severity: 'error',
      from: { path: `^src-main/storage/erasure/${name}/` },
      to: { path: erasureOrder.slice(Math.max(index + 1, 2)).map((higher) => `^src-main/storage/erasure/${higher}/`) },
    })),
    { name: 'electron-only-in-shell', severity: 'error', from: { path: '^src-main/', pathNot: '^src-main/(shell/|index\\.ts$)' }, to: { path: '^electron$|node_modules/electron/' } },
    { name: 'native-calls-only-in-two-files', severity: 'error', from: { path: '^src-', pathNot: '^src-main/(crypto/gcm-direct|appliance/tune-scheduler)\\.ts$' }, to: { path: 'node_modules/koffi/' } },
    { name: 'nothing-imports-tests', severity: 'error', from: { path: '^src-' }, to: { path: '^(tests|build)/' } },
    {
      name: 'sockets-only-in-servers',
      severity: 'error',
      from: { path: '^src-main/(base|crypto|contract|payload|seams|storage|keystore|iam|objects|trust)/' },
      to: { path: '^(node:)?(net|http|https|tls|dgram|http2)$' },
    },
    {
      name: 'files-only-at-the-edges',
      severity: 'error',
      from: { path: '^src-main/(crypto|contract|seams|keystore|iam|objects|s3|kms)/' },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'contract-runs-in-a-browser',
      severity: 'error',
      from: { path: '^src-main/contract/' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.as\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'src-main/tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
}
