// The part of WebAssembly that we use: @types/node leaves it to lib.dom, which the main process must not see.
declare namespace WebAssembly {
  interface MemoryDescriptor { initial: number; maximum?: number; shared?: boolean }
  class Memory { constructor(descriptor: MemoryDescriptor); readonly buffer: SharedArrayBuffer }
  class Module { constructor(bytes: Uint8Array) }
  class Instance { constructor(module: Module, imports?: Record<string, Record<string, unknown>>); readonly exports: Record<string, unknown> }
  function validate(bytes: Uint8Array): boolean
}
