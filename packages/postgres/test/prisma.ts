import { PrismaPg } from '@prisma/adapter-pg'
import { getPrismaClient } from '@prisma/client/runtime/client'

/** What is used of a transaction of Prisma. */
export interface PrismaTransaction {
  $executeRawUnsafe(text: string, ...values: unknown[]): Promise<number>
}

/** What is used of a client of Prisma. */
export interface Prisma extends PrismaTransaction {
  $transaction(work: (tx: PrismaTransaction) => Promise<void>): Promise<void>
  $disconnect(): Promise<void>
}

type PrismaClass = new (options: { adapter: object }) => Prisma

/** Node.js has it; the types of this project are those of no browser. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { compile(bytes: Uint8Array): Promise<unknown> }
}

const ENGINE = '@prisma/client/runtime/query_compiler_fast_bg.postgresql'

/** The client as `prisma generate` writes it for a schema without models, so that the tests need no build step. */
export async function openPrisma(dsn: string): Promise<Prisma> {
  const settings = {
    ...{ previewFeatures: [], clientVersion: '7', engineVersion: '7', activeProvider: 'postgresql' },
    inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
    runtimeDataModel: { models: {}, enums: {}, types: {} },
    // Nothing, as bytes.
    parameterizationSchema: { strings: [], graph: Buffer.alloc(64).toString('base64') },
    compilerWasm: {
      getRuntime: () => import(`${ENGINE}.js`),
      async getQueryCompilerWasmModule() {
        const { wasm } = (await import(`${ENGINE}.wasm-base64.js`)) as { wasm: string }
        return WebAssembly.compile(Buffer.from(wasm, 'base64'))
      },
      importName: './query_compiler_fast_bg.js',
    },
  }
  const make = getPrismaClient as unknown as (settings: object) => PrismaClass
  const PrismaClient = make(settings)
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: dsn }) })
}
