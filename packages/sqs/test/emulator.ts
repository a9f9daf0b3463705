import { randomUUID } from 'node:crypto'
import { type Server, startSqsEmulator } from '@alligator/testbed'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { SqsClient, type SqsClientOptions } from '../src/index.js'

/** What the SDK needs to sign its requests, wherever the tests run. */
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' }

/** One request as it went over the wire. */
export interface SentRequest {
  readonly name: string
  readonly input: Record<string, unknown>
}

/** An emulator of SQS, and the clients that talk to it. */
export class Emulator {
  readonly prefix = `t-${randomUUID().slice(0, 8)}-`
  readonly server: Server
  readonly #clients: { close(): Promise<void> }[] = []
  readonly #sdkClients: SQSClient[] = []

  static async start(): Promise<Emulator> {
    return new Emulator(await startSqsEmulator())
  }

  private constructor(server: Server) {
    this.server = server
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.server.port}`
  }

  /** A client with queues of its own names, which creates them. */
  client(options: SqsClientOptions = {}, sdk: SQSClient = this.sdk()): SqsClient {
    const client = new SqsClient(sdk, { prefix: this.prefix, createQueues: true, longPoll: 1, ...options })
    this.#clients.push(client)
    return client
  }

  /** A client of the SDK; `record` is told each request, before it is sent, and may change it. */
  sdk(record: (request: SentRequest) => void = () => undefined, endpoint = this.endpoint): SQSClient {
    const sdk = new SQSClient({ region: 'us-east-1', endpoint, credentials: CREDENTIALS, maxAttempts: 2 })
    sdk.middlewareStack.add(
      (next, context) => (args) => {
        const name = (context.commandName ?? '').replace(/Command$/, '')
        record({ name, input: args.input as Record<string, unknown> })
        return next(args)
      },
      { step: 'initialize', name: 'record' },
    )
    this.#sdkClients.push(sdk)
    return sdk
  }

  /** Creates a queue and gives its URL. */
  async queue(name: string, Attributes: Record<string, string> = {}): Promise<string> {
    const command = new CreateQueueCommand({ QueueName: this.prefix + name, Attributes })
    return (await this.sdk().send(command)).QueueUrl ?? ''
  }

  /** The ARN of a queue of this emulator. */
  arn(name: string): string {
    return `arn:aws:sqs:us-east-1:000000000000:${this.prefix}${name}`
  }

  /** Closes every client, and the emulator. */
  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) await client.close()
    for (const sdk of this.#sdkClients.splice(0)) sdk.destroy()
    await this.server.close()
  }
}
