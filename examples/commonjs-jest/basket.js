// @ts-check
const { gator } = require('./gator.js')
const { remind } = require('./reminders.js')

/**
 * What the shop does when somebody leaves with a full basket.
 * @param {string} customer
 * @param {readonly string[]} articles
 */
exports.leave = async function leave(customer, articles) {
  if (articles.length === 0) return
  const opts = gator.options({ delayBy: '3h', retries: 2, backoff: '1m' })
  await opts.task(remind, customer, articles)
}
