-- It served processes of two versions before.
drop function organisations.find_api_keys;
