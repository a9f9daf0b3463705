import { type DeathReason, type Payload, PayloadTooLargeError } from '@alligator/core'
import { checkPayload } from '@alligator/core/backend'
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs'

/** What SQS takes in one message, and in one batch: body and attributes, in bytes. */
export const MESSAGE_LIMIT: number = 1024 * 1024
/** What is kept free for attributes: the reason of a dead letter above all. */
const ATTRIBUTES_LIMIT = 8 * 1024
/** The most bytes of a payload: in base64, four characters carry three. */
export const MAX_PAYLOAD: number = ((MESSAGE_LIMIT - ATTRIBUTES_LIMIT) / 4) * 3
/** How much of a reason is kept: of its stack, of its message and of its other texts. */
const STACK_LIMIT = 2048
const TEXT_LIMIT = 512
const NAME_LIMIT = 128

const PREFIX = 'Alligator.'
/** Of our attributes, all; which others SQS is asked for when it hands out a message. */
export const ATTRIBUTE_NAMES: string[] = [`${PREFIX}*`]

/** What attributes of ours look like. */
const TIME = /^\d{1,15}(\.\d{1,20})?$/
const COUNT = /^\d{1,6}$/
const SHORT = /^[ -~]{1,128}$/

/** What SQS would refuse or change, and what some of its kin refuse, such as pairs of surrogates. */
const NOT_PLAIN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/

/** What goes into a message. */
export interface Letter {
  readonly data: Payload
  /** The id of the task, when it is not the message's: it was in another message before. */
  readonly id?: string | undefined
  /** Unix time in seconds before which it must not be handed out. */
  readonly due?: number | undefined
  /** How often the task counts as handed out before this message. (Default: 0) */
  readonly deliveries?: number | undefined
  /** The message group on a FIFO queue, when this message is in another. */
  readonly group?: string | undefined
  /** Of a dead letter: the queue that it comes from, and why it died. */
  readonly from?: string | undefined
  readonly reason?: DeathReason | undefined
}

/** A letter as SQS takes it. */
export interface Packed {
  readonly body: string
  readonly attributes: Record<string, MessageAttributeValue>
  /** Bytes, as SQS counts them. */
  readonly size: number
}

/** A message as it was received. */
export interface Received extends Letter {
  readonly id: string
  readonly receipt: string
  /** How often the task was handed out, this time included: in this message, and as often as it says. */
  readonly count: number
  /** The name of the queue that SQS itself moved it from. */
  readonly movedFrom: string | undefined
}

/**
 * Writes a new task. Text travels as it is where SQS allows, all else in base64.
 *
 * @throws PayloadTooLargeError
 */
export function pack(letter: Letter, taskId: string): Packed {
  checkPayload(letter.data, taskId, MAX_PAYLOAD)
  const packed = repack(letter)
  if (packed.body.length > MESSAGE_LIMIT - ATTRIBUTES_LIMIT)
    throw new PayloadTooLargeError(`task ${taskId}`, packed.body.length, MESSAGE_LIMIT - ATTRIBUTES_LIMIT)
  return packed
}

/** Writes what was in a message before, maybe of another program, which may have filled it to the brim. */
export function repack(letter: Letter): Packed {
  const [body, encoding] = encode(letter.data)
  const attributes = attributesOf({
    Encoding: encoding,
    Id: letter.id,
    Due: letter.due === undefined ? undefined : String(letter.due),
    Deliveries: letter.deliveries ? String(letter.deliveries) : undefined,
    Group: letter.group,
    From: letter.from,
    Reason: letter.reason && packReason(letter.reason),
  })
  return { body, attributes, size: sizeOf(body, attributes) }
}

/** Reads a message, of ours or of anybody else. */
export function unpack({ Body = '', MessageId = '', ReceiptHandle = '', ...message }: Message): Received {
  const { Attributes = {}, MessageAttributes = {} } = message
  const read = (name: string) => MessageAttributes[PREFIX + name]?.StringValue
  // Anybody can write attributes with our names: what cannot be what it should be counts as not there.
  const readIf = (name: string, form: RegExp) => {
    const text = read(name)
    return text !== undefined && form.test(text) ? text : undefined
  }
  const due = readIf('Due', TIME)
  const deliveries = Number(readIf('Deliveries', COUNT) ?? 0)
  return {
    data: decode(Body, read('Encoding')),
    id: readIf('Id', SHORT) ?? MessageId,
    due: due === undefined ? undefined : Number(due),
    from: readIf('From', SHORT),
    receipt: ReceiptHandle,
    deliveries,
    count: deliveries + Number(Attributes.ApproximateReceiveCount ?? 1),
    group: readIf('Group', SHORT) ?? Attributes.MessageGroupId,
    movedFrom: Attributes.DeadLetterQueueSourceArn?.split(':').at(-1),
  }
}

/** A message as AWS Lambda is given it: `SQSRecord` of its types fits. */
export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: { readonly ApproximateReceiveCount?: string; readonly MessageGroupId?: string }
  readonly messageAttributes: Readonly<Record<string, { readonly stringValue?: string | undefined }>>
  /** The ARN of the queue. */
  readonly eventSourceARN: string
}

/** Reads a message that AWS Lambda was given. */
export function readRecord(record: SqsRecord): Received {
  const { messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes } = record
  const MessageAttributes: Packed['attributes'] = {}
  for (const [name, { stringValue: StringValue }] of Object.entries(record.messageAttributes))
    MessageAttributes[name] = { DataType: 'String', StringValue }
  return unpack({ MessageId, ReceiptHandle, Body, Attributes: { ...attributes }, MessageAttributes })
}

function encode(data: Payload): [body: string, encoding: string | undefined] {
  // SQS refuses empty bodies; the attribute says what this stands for.
  if (data.length === 0) return ['-', typeof data === 'string' ? 'empty' : 'no-bytes']
  if (typeof data !== 'string') return [base64(data), 'bytes']
  if (!NOT_PLAIN.test(data)) return [data, undefined]
  const bytes = Buffer.from(data)
  // A lone surrogate is kept only where every unit is.
  return bytes.toString() === data
    ? [bytes.toString('base64'), 'utf8']
    : [Buffer.from(data, 'utf16le').toString('base64'), 'utf16']
}

function decode(body: string, encoding: string | undefined): Payload {
  switch (encoding) {
    case 'empty':
      return ''
    case 'no-bytes':
      return new Uint8Array()
    case 'bytes':
      return new Uint8Array(Buffer.from(body, 'base64'))
    case 'utf8':
      return Buffer.from(body, 'base64').toString()
    case 'utf16':
      return Buffer.from(body, 'base64').toString('utf16le')
    default:
      return body
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function attributesOf(values: Readonly<Record<string, string | undefined>>): Packed['attributes'] {
  const attributes: Packed['attributes'] = {}
  for (const [name, StringValue] of Object.entries(values)) {
    if (StringValue !== undefined) attributes[PREFIX + name] = { DataType: 'String', StringValue }
  }
  return attributes
}

function sizeOf(body: string, attributes: Packed['attributes']): number {
  let size = Buffer.byteLength(body)
  for (const [name, { DataType = '', StringValue = '' }] of Object.entries(attributes))
    size += name.length + DataType.length + StringValue.length
  return size
}

/** A reason as JSON that SQS takes whatever it holds, and short enough beside the largest payload. */
function packReason(reason: DeathReason): string {
  const short: DeathReason = {
    ...reason,
    code: reason.code.slice(0, NAME_LIMIT),
    message: reason.message.slice(0, TEXT_LIMIT),
    worker: reason.worker.slice(0, NAME_LIMIT),
    stack: reason.stack?.slice(0, STACK_LIMIT),
  }
  const json = ascii(JSON.stringify(short))
  return json.length < ATTRIBUTES_LIMIT - 1024 ? json : ascii(JSON.stringify({ ...short, stack: undefined }))
}

function ascii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
