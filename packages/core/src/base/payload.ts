/** A serialized task: text, or bytes when a custom Task class compresses or encrypts. */
export type Payload = string | Uint8Array
