// @ts-check
// Where pictures come from, and where what is made of them goes.
import { join, parse } from 'node:path'

const home = process.env.PICTURES ?? import.meta.dirname

export const PICTURES = join(home, 'pictures')
export const MADE = join(home, 'made')

/** @param {string} picture */
export const source = (picture) => join(PICTURES, picture)

/**
 * @param {string} picture
 * @param {string} suffix
 */
export const made = (picture, suffix) => join(MADE, parse(picture).name + suffix)
