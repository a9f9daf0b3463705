import { Task } from '@alligator/core'
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** Compressed: any other class of task takes its payload for rubbish. */
export class SkinnyTask extends Task {
  serialize() {
    return deflateRawSync(super.serialize())
  }

  static deserialize(data, context) {
    return super.deserialize(inflateRawSync(data).toString(), context)
  }
}
