// How the built program becomes installers: deb and AppImage, nsis, dmg. Each is made on its own system, since native modules are installed
// for the system at hand. tests/desktop/packaging.test.ts checks it against electron-builder's schema and starts what it packs.
const { join } = require('node:path')

const systems = { darwin: 'darwin', linux: 'linux', win32: 'win32' }
const here = systems[process.platform] ?? 'linux'

/** Binaries of other systems inside packages that bring all of them. Node itself is not packed: Electron has one. */
const foreign = [
  ...Object.values(systems).filter((system) => system !== here).map((system) => `!node_modules/better-sqlite3/prebuilds/${system}-*.node`),
  '!node_modules/better-sqlite3/prebuilds/linuxmusl-*.node',
  '!node_modules/better-sqlite3/{deps,src}/**',
  '!node_modules/node-linux-*/**',
  '!node_modules/koffi/{doc,vendor}/**',
  '!node_modules/koffi/**/{*.{c,cc,h,hh,S,asm},CMakeLists.txt}',
  '!node_modules/@koromix/koffi-*/musl_*/**',
  // Optional and not needed where @napi-rs/keyring is; it would be the one module that has to be compiled.
  '!node_modules/{keytar,prebuild-install}/**',
]

/** @type {import('electron-builder').Configuration} */
module.exports = {
  appId: 'org.coffer.desktop',
  productName: 'Coffer',
  copyright: 'Coffer contributors, Apache-2.0',
  directories: { output: 'dist', buildResources: 'build/icons' },
  // A whitelist: what is not named is not shipped. Of node_modules only production dependencies are considered.
  files: [
    'package.json', 'LICENSE',
    'out/main/**/*.js', 'out/preload/**/*.cjs', 'out/renderer/**', 'out/kernels/*.wasm',
    'resources/app.png', 'resources/tray/*.png',
    ...foreign,
  ],
  asar: true,
  // What the system's loader, threads and the service's Node read as files of their own: native modules, workers and their chunks, kernels.
  asarUnpack: ['**/*.node', 'out/main/**', 'out/kernels/**'],
  // Every native module is Node-API with its binary in the package: nothing is compiled.
  npmRebuild: false,
  nodeGypRebuild: false,
  removePackageScripts: true,
  electronLanguages: ['en-US', 'en'],
  electronFuses: {
    // The service and the command line run in the packed binary as plain Node.
    runAsNode: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
  publish: null,
  linux: {
    target: ['deb', 'AppImage'],
    executableName: 'coffer-desktop',
    icon: join(__dirname, '../resources/app.png'),
    category: 'System',
    synopsis: 'Encrypted S3 store',
    maintainer: 'Coffer contributors <coffer@localhost>',
    vendor: 'Coffer contributors',
  },
  deb: {
    depends: ['libgtk-3-0', 'libnotify4', 'libnss3', 'libxss1', 'libxtst6', 'xdg-utils', 'libatspi2.0-0', 'libuuid1', 'libsecret-1-0'],
    // The command, the service (not enabled by itself) and its user.
    fpm: [
      `${join(__dirname, 'linux/coffer')}=/usr/bin/coffer`,
      `${join(__dirname, 'coffer.service')}=/usr/lib/systemd/system/coffer.service`,
      `${join(__dirname, 'linux/coffer.sysusers')}=/usr/lib/sysusers.d/coffer.conf`,
    ],
  },
  win: { target: ['nsis'], icon: join(__dirname, 'icons/icon.ico') },
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true, deleteAppDataOnUninstall: false },
  mac: { target: ['dmg'], icon: join(__dirname, 'icons/icon.icns'), category: 'public.app-category.utilities', hardenedRuntime: true, extendInfo: { NSCameraUsageDescription: 'To read the QR code of a share card.' } },
}
