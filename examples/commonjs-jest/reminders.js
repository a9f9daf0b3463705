// @ts-check
/** @type {string[]} */
exports.reminded = []

/**
 * Reminds somebody of a basket that was left behind.
 * @param {string} customer
 * @param {readonly string[]} articles
 */
exports.remind = async function remind(customer, articles) {
  if (!customer.includes('@')) throw new Error(`"${customer}" is not an address`)
  exports.reminded.push(`${customer}: ${articles.join(' and ')}`)
}
