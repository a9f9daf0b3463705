exports.say = function say(word: string) {
  console.log(`said ${word}`)
}
