// Door of kms: adapters of the KeyStore seam.
export { openEmbeddedKeyStore } from './embedded-key-store.ts'
