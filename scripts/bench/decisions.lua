-- Questions to POST /authorize for wrk. Arguments: the caller's token, the subject's token, method and target of the
-- request to Quay. `%d` in the target becomes a number that was not asked about before.
local headers, fixed, before, after
math.randomseed(os.time())
local asked = math.random(0, 9999) * 10000000

function init(args)
  local question = string.format('{"request":{"method":"%s","target":"%s"},"token":"%s"}', args[3], args[4], args[2])
  headers = { ["Authorization"] = "Bearer " .. args[1], ["Content-Type"] = "application/json" }
  before, after = question:match("^(.*)%%d(.*)$")
  fixed = wrk.format("POST", "/authorize", headers, question)
end

function request()
  if before == nil then
    return fixed
  end
  asked = asked + 1
  return wrk.format("POST", "/authorize", headers, before .. asked .. after)
end
